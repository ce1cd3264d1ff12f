@NullMarked
package io.lockstep.iscsi.login;

import org.jspecify.annotations.NullMarked;
