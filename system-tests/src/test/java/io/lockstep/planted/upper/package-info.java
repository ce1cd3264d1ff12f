/// What the package below must not know; see [io.lockstep.ArchitectureTest].
@NullMarked
package io.lockstep.planted.upper;

import org.jspecify.annotations.NullMarked;
