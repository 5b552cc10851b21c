//! Integer handles that are never another object's.

/// How many bits of a handle say where; those above say which one of the objects that stood there.
const INDEX_BITS: u32 = 16;
/// JavaScript's numbers are exact up to here: 2³⁷ objects a place. The first 2¹⁴ are small integers to V8.
const LARGEST: u64 = (1 << 53) - 1;

/// Objects by handle. A handle is never given out twice: an old one finds nothing, whatever was opened since.
pub struct Slots<T> {
    slots: Vec<Slot<T>>,
    free: Vec<u16>,
}

struct Slot<T> {
    generation: u64,
    value: Option<T>,
}

impl<T> Slots<T> {
    pub const fn new() -> Slots<T> {
        Slots { slots: Vec::new(), free: Vec::new() }
    }

    /// The handle of a new object; nothing when all places are taken.
    pub fn insert(&mut self, value: T) -> Option<u64> {
        let index = match self.free.pop() {
            Some(index) => index,
            None => {
                let index = u16::try_from(self.slots.len()).ok()?;
                self.slots.push(Slot { generation: 0, value: None });
                index
            }
        };
        let slot = &mut self.slots[index as usize];
        slot.value = Some(value);
        Some(slot.generation << INDEX_BITS | index as u64)
    }

    #[inline(always)]
    pub fn peek(&self, handle: u64) -> Option<&T> {
        let slot = self.slots.get(handle as u16 as usize)?;
        if slot.generation == handle >> INDEX_BITS { slot.value.as_ref() } else { None }
    }

    #[inline(always)]
    pub fn get(&mut self, handle: u64) -> Option<&mut T> {
        let slot = self.slots.get_mut(handle as u16 as usize)?;
        if slot.generation == handle >> INDEX_BITS { slot.value.as_mut() } else { None }
    }

    pub fn remove(&mut self, handle: u64) -> Option<T> {
        self.get(handle)?;
        let index = handle as u16;
        let slot = &mut self.slots[index as usize];
        slot.generation += 1;
        if slot.generation <= LARGEST >> INDEX_BITS {
            self.free.push(index);
        }
        slot.value.take()
    }

    /// Goes through all objects.
    pub fn for_each(&mut self, f: impl FnMut(&mut T)) {
        self.slots.iter_mut().filter_map(|slot| slot.value.as_mut()).for_each(f);
    }

    /// Removes the objects that `gone` says are.
    pub fn remove_where(&mut self, gone: impl Fn(&T) -> bool) {
        for index in 0..self.slots.len() {
            let slot = &self.slots[index];
            if slot.value.as_ref().is_some_and(&gone) {
                self.remove(slot.generation << INDEX_BITS | index as u64);
            }
        }
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
    fn handles_never_repeat_and_stay_exact_in_javascript() {
        let mut slots = Slots::new();
        let mut seen = std::collections::HashSet::new();
        for round in 0..40_000 {
            let handle = slots.insert(round).expect("room");
            assert!(handle < 1 << 53 && seen.insert(handle));
            assert_eq!(slots.remove(handle), Some(round));
        }
    }

    #[test]
    fn all_places_can_be_taken_and_no_more() {
        let mut slots = Slots::new();
        let handles: Vec<u64> = (0..65_536).map(|number| slots.insert(number).expect("room")).collect();
        assert_eq!(slots.insert(0), None);
        slots.remove_where(|number| number % 2 == 0);
        assert_eq!((slots.peek(handles[0]), slots.peek(handles[1])), (None, Some(&1)));
        assert!(slots.insert(0).is_some());
    }
}
