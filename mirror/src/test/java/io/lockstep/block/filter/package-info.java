/// Tests of the package of this name.
@NullMarked
package io.lockstep.block.filter;

import org.jspecify.annotations.NullMarked;
