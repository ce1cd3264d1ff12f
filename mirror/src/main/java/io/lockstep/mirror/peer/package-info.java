/// The wire to the other node: TCP connections on the mirror's own loop, frames in and out. A
/// shell: it knows Netty.
@NullMarked
package io.lockstep.mirror.peer;

import org.jspecify.annotations.NullMarked;
