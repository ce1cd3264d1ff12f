package io.lockstep.nbd.session;

import io.lockstep.block.Loop;
import io.lockstep.block.MemoryBudget;

/// What a session is made of.
///
/// @param budget the memory that it shares with the others on its loop
/// @param loop where it lives, and its export
public record SessionContext(
    Agreed agreed, NbdExport export, SessionLimits limits, MemoryBudget budget, Loop loop) {}
