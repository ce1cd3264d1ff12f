/// Where a program's log goes. What a line of it looks like is in `logback.xml`.
@NullMarked
package io.lockstep.log;

import org.jspecify.annotations.NullMarked;
