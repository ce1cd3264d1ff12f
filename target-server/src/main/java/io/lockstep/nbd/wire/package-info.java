/// The NBD protocol's bytes, after the NBD project's proto.md: what the two phases say, how a
/// stream of bytes falls into options and requests, and how replies become bytes. Knows nothing of
/// exports. Pure: no socket, no thread, no clock, no dice.
///
/// All numbers are big-endian. Strings are UTF-8 without NUL and not terminated.
///
/// The handshake: [io.lockstep.nbd.wire.Greeting], then [io.lockstep.nbd.wire.HandshakeDecoder]
/// and [io.lockstep.nbd.wire.OptionReply]. Transmission: [io.lockstep.nbd.wire.RequestDecoder] and
/// [io.lockstep.nbd.wire.Replies].
@NullMarked
package io.lockstep.nbd.wire;

import org.jspecify.annotations.NullMarked;
