/// Tests of the package of this name.
@NullMarked
package io.lockstep.block.record;

import org.jspecify.annotations.NullMarked;
