/// Tests of the package io.lockstep.block.record;
@NullMarked
package io.lockstep.block.record;

import org.jspecify.annotations.NullMarked;
