@NullMarked
package io.lockstep.nbd.portal;

import org.jspecify.annotations.NullMarked;
