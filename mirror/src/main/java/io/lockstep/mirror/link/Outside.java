package io.lockstep.mirror.link;

import io.lockstep.block.BootClock;
import io.lockstep.block.BufferPool;
import io.lockstep.block.Loop;

/// What the parts of a mirror have from outside.
///
/// @param loop the owner of everything
/// @param clock for what is told of the past
/// @param waits who waits for what the parts end
/// @param pool buffers of that loop
/// @param config names, sizes and times
/// @param listener the daemon around the mirror
/// @param notices what it and people are told
public record Outside(
    Loop loop,
    BootClock clock,
    Waits waits,
    BufferPool pool,
    MirrorConfig config,
    MirrorListener listener,
    Notices notices) {}
