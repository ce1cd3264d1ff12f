/// Loops with a kernel ring behind them: one thread that serves sockets and disks alike, on
/// io_uring or, where that is missing, on epoll. A shell: it knows Netty, threads and the clock.
@NullMarked
package io.lockstep.block.ring;

import org.jspecify.annotations.NullMarked;
