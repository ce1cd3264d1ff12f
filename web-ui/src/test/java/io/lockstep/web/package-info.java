/// Tests of the console.
@NullMarked
package io.lockstep.web;

import org.jspecify.annotations.NullMarked;
