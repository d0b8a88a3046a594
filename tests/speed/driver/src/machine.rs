//! What is asked of the machine.

/// Keeps this process on one core, from now on.
pub fn stay_on(core: usize) {
    // SAFETY: the set is this function's own, and its size is told.
    let failed = unsafe {
        let mut set: libc::cpu_set_t = std::mem::zeroed();
        libc::CPU_SET(core, &mut set);
        libc::sched_setaffinity(0, size_of::<libc::cpu_set_t>(), &raw const set)
    };
    assert_eq!(failed, 0, "there is no core {core}");
}

/// Lets this process have as many connections as the system allows it.
pub fn many_descriptors() {
    // SAFETY: both calls are given a limit that is this function's own.
    unsafe {
        let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit);
        limit.rlim_cur = limit.rlim_max;
        libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit);
    }
}
