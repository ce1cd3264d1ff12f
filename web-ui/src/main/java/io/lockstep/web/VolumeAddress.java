package io.lockstep.web;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.javalin.http.Context;
import io.lockstep.control.api.VolumeInfo;
import java.net.URLEncoder;
import org.jspecify.annotations.Nullable;

/// A volume as the address of its page has it: `/volumes/MIRROR/NAME`; `/volumes/NAME` leads to it
/// too, as long as no other mirror has a volume of that name.
///
/// @param mirror the mirror on which it lies; null where the address does not say it
/// @param name the volume's name
public record VolumeAddress(@Nullable String mirror, String name) {
  /// That of a request.
  static VolumeAddress of(Context context) {
    return new VolumeAddress(context.pathParamMap().get("mirror"), context.pathParam("name"));
  }

  public static VolumeAddress of(VolumeInfo volume) {
    return new VolumeAddress(volume.mirror(), volume.name());
  }

  /// What the control API calls it: MIRROR/VOLUME, or its name alone.
  String called() {
    return mirror == null ? name : mirror + "/" + name;
  }

  /// Where its page is.
  public String path() {
    return "/volumes/" + (mirror == null ? "" : encoded(mirror) + "/") + encoded(name);
  }

  boolean means(VolumeInfo volume) {
    return volume.name().equals(name) && (mirror == null || mirror.equals(volume.mirror()));
  }

  /// The same volume under another name.
  public VolumeAddress renamed(String newName) {
    return new VolumeAddress(mirror, newName);
  }

  private static String encoded(String part) {
    return URLEncoder.encode(part, UTF_8).replace("+", "%20");
  }
}
