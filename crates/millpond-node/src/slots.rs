//! Integer handles that are never another object's.

/// How many bits of a handle say where; the others say which one of those that stood there.
const INDEX_BITS: u32 = 16;
/// A handle is a small integer of V8 even with compressed pointers: 31 bits, and not negative. The last generation is
/// left out: with the last index it would make the handle that JavaScript uses for none.
const GENERATIONS: u32 = (1 << (30 - INDEX_BITS)) - 1;

/// Objects by handle. A place is used again for another object until its generations are used up, then never again: an
/// old handle finds nothing, whatever was opened since.
pub struct Slots<T> {
    slots: Vec<Slot<T>>,
    free: Vec<u32>,
}

struct Slot<T> {
    generation: u32,
    value: Option<T>,
}

impl<T> Slots<T> {
    pub const fn new() -> Slots<T> {
        Slots { slots: Vec::new(), free: Vec::new() }
    }

    /// The handle of a new object; nothing when all places are taken.
    pub fn insert(&mut self, value: T) -> Option<u32> {
        let index = match self.free.pop() {
            Some(index) => index,
            None if self.slots.len() < 1 << INDEX_BITS => {
                self.slots.push(Slot { generation: 0, value: None });
                self.slots.len() as u32 - 1
            }
            None => return None,
        };
        let slot = &mut self.slots[index as usize];
        slot.value = Some(value);
        Some(slot.generation << INDEX_BITS | index)
    }

    #[inline(always)]
    pub fn peek(&self, handle: u32) -> Option<&T> {
        let slot = self.slots.get((handle & ((1 << INDEX_BITS) - 1)) as usize)?;
        if slot.generation == handle >> INDEX_BITS { slot.value.as_ref() } else { None }
    }

    #[inline(always)]
    pub fn get(&mut self, handle: u32) -> Option<&mut T> {
        let slot = self.slots.get_mut((handle & ((1 << INDEX_BITS) - 1)) as usize)?;
        if slot.generation == handle >> INDEX_BITS { slot.value.as_mut() } else { None }
    }

    pub fn remove(&mut self, handle: u32) -> Option<T> {
        self.get(handle)?;
        let index = handle & ((1 << INDEX_BITS) - 1);
        let slot = &mut self.slots[index as usize];
        slot.generation += 1;
        if slot.generation < GENERATIONS {
            self.free.push(index);
        }
        slot.value.take()
    }
}

#[cfg(test)]
mod tests {
    use super::Slots;

    #[test]
    fn a_stale_handle_finds_nothing() {
        let mut slots = Slots::new();
        let first = slots.insert("first").expect("room");
        assert_eq!(slots.remove(first), Some("first"));
        let second = slots.insert("second").expect("room");
        assert_ne!(first, second);
        assert_eq!(slots.get(first), None);
        assert_eq!(slots.get(second), Some(&mut "second"));
    }

    #[test]
    fn a_place_is_given_up_before_its_handles_repeat() {
        let mut slots = Slots::new();
        let mut seen = std::collections::HashSet::new();
        for round in 0..40_000 {
            let handle = slots.insert(round).expect("room");
            assert!(handle < 1 << 30 && seen.insert(handle));
            assert_eq!(slots.remove(handle), Some(round));
        }
    }
}
