@NullMarked
package io.lockstep.nbd.wire;

import org.jspecify.annotations.NullMarked;
