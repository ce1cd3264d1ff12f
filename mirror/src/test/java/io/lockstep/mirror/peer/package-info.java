/// Tests of the package io.lockstep.mirror.peer;
@NullMarked
package io.lockstep.mirror.peer;

import org.jspecify.annotations.NullMarked;
