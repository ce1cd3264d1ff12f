package io.lockstep.web;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What a page says after something was done and the browser was sent on. Only these sentences can
/// stand in an address (`?notice=CREATED`), so that no link from elsewhere puts words of its own
/// before an administrator.
enum Notice {
  CREATED("The volume was created."),
  RESIZED("The volume was resized."),
  CREATED_LARGER("The volume was created, and its size rounded up."),
  RESIZED_LARGER("The volume was resized, and its size rounded up."),
  RENAMED("The volume was renamed."),
  DELETED("The volume was deleted."),
  EXPORTED("The volume is exported."),
  EXPORT_ENDED("The export was ended."),
  ACCESS_CHANGED("Who may log in was changed."),
  WRITE_CACHE_SWITCHED("The write cache was switched."),
  JOB_BEGUN("A job gives the volume its size, and goes on by itself."),
  JOB_CANCELLED("The job was cancelled."),
  SNAPSHOT_TAKEN("The snapshot was taken."),
  ROLLED_BACK("The volume was put back and can be used; its data are moved in the background."),
  MIRROR_DONE("Done."),
  SHUT_DOWN("Both nodes are ending, in sync. Start them again on their machines."),
  PASSWORD_CHANGED("The password was changed.");

  /// The query parameter that carries one.
  static final String PARAMETER = "notice";

  private final String sentence;

  Notice(String sentence) {
    this.sentence = sentence;
  }

  String sentence() {
    return sentence;
  }

  /// The address `path` with this notice.
  String at(String path) {
    return path + "?" + PARAMETER + "=" + name();
  }

  static Optional<Notice> of(@Nullable String name) {
    for (Notice notice : values()) {
      if (notice.name().equals(name)) {
        return Optional.of(notice);
      }
    }
    return Optional.empty();
  }
}
