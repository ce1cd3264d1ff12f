package io.lockstep.mirror.link;

import io.lockstep.block.BootClock;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Loop;
import java.util.function.LongSupplier;

/// What a mirror gets from outside that is no data of its own.
///
/// @param loop the owner of everything
/// @param pool buffers of that loop
/// @param transport the way to the other node
/// @param dice random numbers, from which generations are drawn
/// @param inquiry asks the other node, beside the link, whether it is Primary
/// @param witness the third vote
/// @param clock for what is told of the past
public record Environment(
    Loop loop,
    BufferPool pool,
    PeerTransport transport,
    LongSupplier dice,
    PeerInquiry inquiry,
    Witness witness,
    BootClock clock) {}
