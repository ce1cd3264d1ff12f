package io.lockstep.control.api;

import io.lockstep.block.Refusal;

/// Why a request was refused or failed: `application/problem+json`. Nothing was changed, unless
/// `status` is 500 or above.
///
/// @param status the HTTP status
/// @param what what was refused: "Volume vm1 was not created"
/// @param why the reason: "the group has 1 GiB free, 4 GiB are needed"
/// @param action what a person can do: "delete a volume or choose a smaller size"
public record Problem(int status, String what, String why, String action) {
  /// The media type of the answer.
  public static final String MEDIA_TYPE = "application/problem+json";

  /// The three parts by themselves.
  public Refusal refusal() {
    return new Refusal(what, why, action);
  }

  /// The three parts as one line.
  public String sentence() {
    return refusal().sentence();
  }
}
