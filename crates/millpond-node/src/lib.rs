//! The N-API binding.
