/// Tests of the package of this name.
@NullMarked
package io.lockstep.block.disk;

import org.jspecify.annotations.NullMarked;
