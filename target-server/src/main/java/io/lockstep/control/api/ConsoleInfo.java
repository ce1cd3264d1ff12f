package io.lockstep.control.api;

/// The pair's console.
///
/// @param url where a browser finds it
public record ConsoleInfo(String url) {}
