package io.lockstep.control.api;

/// A change that was made and has nothing else to say.
///
/// @param message one sentence for people
public record Done(String message) {}
