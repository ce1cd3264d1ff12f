@NullMarked
package io.lockstep.iscsi.portal;

import org.jspecify.annotations.NullMarked;
