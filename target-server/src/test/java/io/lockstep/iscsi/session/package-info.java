@NullMarked
package io.lockstep.iscsi.session;

import org.jspecify.annotations.NullMarked;
