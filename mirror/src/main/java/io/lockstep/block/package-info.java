/// What every layer of the data path agrees on: [BlockDevice], its [BlockLimits] and [IoResult]s,
/// and the [Loop] that owns it. Pure: no socket, no thread, no clock, no dice.
@NullMarked
package io.lockstep.block;

import org.jspecify.annotations.NullMarked;
