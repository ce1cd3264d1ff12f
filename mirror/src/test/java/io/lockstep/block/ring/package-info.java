/// Tests of the package of this name.
@NullMarked
package io.lockstep.block.ring;

import org.jspecify.annotations.NullMarked;
