/// The frames between the two nodes of a mirror: bytes in, records out, and back. Every number is
/// big endian. Pure: no socket, thread, clock or dice.
@NullMarked
package io.lockstep.mirror.wire;

import org.jspecify.annotations.NullMarked;
