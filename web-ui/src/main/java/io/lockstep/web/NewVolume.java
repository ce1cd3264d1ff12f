package io.lockstep.web;

/// What was typed into the form for a new volume; a refused form is shown with it again.
///
/// @param size as a person writes it, `20G`
/// @param mirror the mirror that was chosen; empty where there is only one
public record NewVolume(String name, String size, String mirror) {
  static final NewVolume NOTHING = new NewVolume("", "", "");
}
