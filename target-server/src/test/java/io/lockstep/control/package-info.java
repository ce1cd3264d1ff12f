/// Tests of the control API.
@NullMarked
package io.lockstep.control;

import org.jspecify.annotations.NullMarked;
