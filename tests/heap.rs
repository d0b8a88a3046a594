//! An allocator that counts what each thread holds, for the bounds on memory.
//!
//! A test binary that measures makes it its own: `#[global_allocator] static HEAP: Heap = Heap;`.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// Hands everything on to the system's allocator.
pub struct Heap;

thread_local! {
    // Constants without a destructor: to reach them allocates nothing.
    static HELD: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
    static LARGEST: Cell<usize> = const { Cell::new(0) };
}

/// What an action took of the heap, in the bytes that it asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The most that it held at one time, over what was held before.
    pub peak: usize,
    /// The largest single piece.
    pub largest: usize,
}

/// Runs `action` and says what it took. Other threads do not count.
pub fn measure<T>(action: impl FnOnce() -> T) -> (T, Taken) {
    let before = HELD.get();
    PEAK.set(before);
    LARGEST.set(0);
    let outcome = action();
    let peak = usize::try_from(PEAK.get() - before).expect("the peak is no lower than the start");
    (outcome, Taken { peak, largest: LARGEST.get() })
}

fn count(grown: usize, shrunk: usize) {
    let signed = |bytes| isize::try_from(bytes).expect("no allocation is larger than isize::MAX");
    // The new piece is there before the old one goes.
    HELD.set(HELD.get() + signed(grown));
    PEAK.set(PEAK.get().max(HELD.get()));
    HELD.set(HELD.get() - signed(shrunk));
    LARGEST.set(LARGEST.get().max(grown));
}

// SAFETY: every call goes to the system's allocator as it came; the counting does not allocate.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size(), 0);
        // SAFETY: the caller's own promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size(), 0);
        // SAFETY: the caller's own promise.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size, layout.size());
        // SAFETY: the caller's own promise.
        unsafe { System.realloc(at, layout, size) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        count(0, layout.size());
        // SAFETY: the caller's own promise.
        unsafe { System.dealloc(at, layout) }
    }
}
