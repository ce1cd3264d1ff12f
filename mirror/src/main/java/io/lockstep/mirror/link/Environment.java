package io.lockstep.mirror.link;

import io.lockstep.block.BootClock;
import io.lockstep.mirror.copy.Backing;
import io.lockstep.mirror.copy.DiskGate;
import java.util.function.LongSupplier;

/// What a mirror gets from outside that is no data of its own.
///
/// @param backing the disk, on the loop that owns everything
/// @param gate in front of that disk
/// @param transport the way to the other node
/// @param dice random numbers, from which generations are drawn
/// @param inquiry asks the other node, beside the link, whether it is Primary
/// @param witness the third vote
/// @param clock for what is told of the past
public record Environment(
    Backing backing,
    DiskGate gate,
    PeerTransport transport,
    LongSupplier dice,
    PeerInquiry inquiry,
    Witness witness,
    BootClock clock) {}
