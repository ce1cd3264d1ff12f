/// The contract that every block device keeps, and how tests drive devices and loops.
@NullMarked
package io.lockstep.block;

import org.jspecify.annotations.NullMarked;
