/// A package that no table names; see [io.lockstep.ArchitectureTest].
@NullMarked
package io.lockstep.planted.unlisted;

import org.jspecify.annotations.NullMarked;
