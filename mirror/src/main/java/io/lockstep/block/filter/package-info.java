/// Filters: a [io.lockstep.block.BlockDevice] around a [io.lockstep.block.BlockDevice], one file
/// and one job each. What tests do to a disk (delay, fail, forget) is a filter of the product too.
@NullMarked
package io.lockstep.block.filter;

import org.jspecify.annotations.NullMarked;
