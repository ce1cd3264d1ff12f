/// Tests of the console's database and of what guards it.
@NullMarked
package io.lockstep.web.store;

import org.jspecify.annotations.NullMarked;
