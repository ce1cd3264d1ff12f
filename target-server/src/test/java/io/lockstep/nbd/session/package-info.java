@NullMarked
package io.lockstep.nbd.session;

import org.jspecify.annotations.NullMarked;
