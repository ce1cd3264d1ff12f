/// Breaks the rules on purpose, so that [io.lockstep.ArchitectureTest] sees them bite.
@NullMarked
package io.lockstep.planted.lower;

import org.jspecify.annotations.NullMarked;
