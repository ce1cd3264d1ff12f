/// Tests of the whole: the module table, tidiness, and what only the last module can see.
@NullMarked
package io.lockstep;

import org.jspecify.annotations.NullMarked;
