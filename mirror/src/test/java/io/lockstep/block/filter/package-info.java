/// Tests of the package io.lockstep.block.filter;
@NullMarked
package io.lockstep.block.filter;

import org.jspecify.annotations.NullMarked;
