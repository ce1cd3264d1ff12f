@NullMarked
package io.lockstep.control.audit;

import org.jspecify.annotations.NullMarked;
