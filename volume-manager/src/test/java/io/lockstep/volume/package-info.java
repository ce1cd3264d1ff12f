/// Tests of the model and of [io.lockstep.volume.VolumeDevice].
@NullMarked
package io.lockstep.volume;

import org.jspecify.annotations.NullMarked;
