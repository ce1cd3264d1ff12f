/// Tests of `io.lockstep.volume.snapshot`.
@NullMarked
package io.lockstep.volume.snapshot;

import org.jspecify.annotations.NullMarked;
