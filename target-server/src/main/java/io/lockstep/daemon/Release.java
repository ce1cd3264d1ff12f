package io.lockstep.daemon;

import io.lockstep.block.Check;
import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;

/// The running release: the version that the build has, told by all programs and to the other node.
public final class Release implements CommandLine.IVersionProvider {
  /// As the build names it, such as `1.2.3`.
  public static final String NAME = read();

  /// Made by picocli.
  public Release() {}

  private static String read() {
    try (InputStream file = Release.class.getResourceAsStream("release.properties")) {
      var properties = new Properties();
      properties.load(Check.present(file, "the build has put release.properties beside the class"));
      @Nullable String name = properties.getProperty("release");
      return Check.present(name, "release.properties holds the release");
    } catch (IOException e) {
      throw new LinkageError("release.properties cannot be read", e);
    }
  }

  /// Major and minor number, as INQUIRY has room for (SPC-4 6.6.2).
  static String productRevision() {
    String[] numbers = NAME.split("[.-]");
    return numbers[0] + "." + numbers[1];
  }

  @Override
  public String[] getVersion() {
    return new String[] {"${COMMAND-FULL-NAME} " + NAME};
  }
}
