package io.lockstep.daemon;

import io.lockstep.block.disk.BlockSizes;
import io.lockstep.block.ring.LoopKind;
import io.lockstep.scsi.LuIdentity;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/// Reads a configuration file: `key = value`, one a line, `#` begins a comment line. Every key is
/// known, given once and well formed, or the file is refused with a sentence that names the line.
public final class ConfigFile {
  /// Every key there is.
  static final List<String> KEYS =
      List.of(
          "node.name",
          "node.id",
          "disk.path",
          "disk.block-sizes",
          "disk.test.volatile-cache",
          "disk.test.missing-flush",
          "peer.name",
          "peer.address",
          "peer.any-address",
          "peer.portal",
          "portal.listen",
          "portal.address",
          "control.socket",
          "console.url",
          "loop.kind",
          "stop.handover",
          "volume.company-id");

  private static final String SEE = "See docs/configuration.md.";
  private static final String COMPANY_ID = "[0-9a-f][02468ace](-?[0-9a-f]{2}){2}";
  private static final String NAME = "[a-z0-9][a-z0-9-]{0,31}";

  private final Path file;
  private final Map<String, Entry> entries = new LinkedHashMap<>();

  private record Entry(int line, String value) {}

  /// A file that cannot be used.
  public static final class ConfigException extends Exception {
    private static final long serialVersionUID = 1;

    ConfigException(String sentence) {
      super(sentence);
    }

    ConfigException(String sentence, Exception cause) {
      super(sentence, cause);
    }
  }

  private ConfigFile(Path file) {
    this.file = file;
  }

  public static DaemonConfig read(Path file) throws ConfigException {
    List<String> lines;
    try {
      lines = Files.readAllLines(file);
    } catch (MalformedInputException e) {
      throw new ConfigException(file + " is not a text in UTF-8; is it the right file?", e);
    } catch (IOException e) {
      throw new ConfigException(
          "The configuration file "
              + file
              + " cannot be read ("
              + e.getMessage()
              + "); name one with --config.",
          e);
    }
    return parse(file, lines);
  }

  static DaemonConfig parse(Path file, List<String> lines) throws ConfigException {
    ConfigFile config = new ConfigFile(file);
    for (int index = 0; index < lines.size(); index++) {
      config.take(index + 1, lines.get(index).strip());
    }
    return config.build();
  }

  private void take(int line, String text) throws ConfigException {
    if (text.isEmpty() || text.startsWith("#")) {
      return;
    }
    int equals = text.indexOf('=');
    if (equals < 0) {
      throw bad(line, "\"" + text + "\" is not a setting", "write key = value");
    }
    String key = text.substring(0, equals).strip();
    if (!KEYS.contains(key)) {
      String hint = nearest(key).map(near -> "perhaps " + near + " is meant").orElse("remove it");
      throw bad(line, "there is no setting \"" + key + "\"", hint);
    }
    Entry before = entries.put(key, new Entry(line, text.substring(equals + 1).strip()));
    if (before != null) {
      throw bad(line, key + " was set in line " + before.line + " already", "remove one of them");
    }
  }

  private DaemonConfig build() throws ConfigException {
    HostPort listen = required("portal.listen", "host:port", HostPort::parse);
    HostPort address = optional("portal.address", "host:port", HostPort::parse).orElse(listen);
    checkAdvertised(entries.containsKey("portal.address") ? "portal.address" : "portal.listen");
    checkAdvertised("peer.portal");
    return new DaemonConfig(
        required("node.name", "a-z, 0-9 and '-', at most 32", value -> matching(value, NAME)),
        required("node.id", "0 or 1", value -> matching(value, "[01]").map(Integer::parseInt)),
        disk(),
        peer(),
        listen,
        address,
        required("control.socket", "a path", ConfigFile::path),
        optional("console.url", "an http or https URL", v -> matching(v, "https?://\\S+")),
        loopKind(),
        flag("stop.handover", true),
        companyId());
  }

  /// An OUI as the IEEE writes it, 00-50-C2, or without the hyphens; never one of a group.
  private String companyId() throws ConfigException {
    return optional(
            "volume.company-id",
            "an OUI, six hexadecimal digits, the second one even",
            value -> matching(value.toLowerCase(Locale.ROOT), COMPANY_ID))
        .map(value -> value.replace("-", ""))
        .orElse(LuIdentity.COMPANY_ID);
  }

  /// Hosts are told to log in there: "every address of this machine" is none to them.
  private void checkAdvertised(String key) throws ConfigException {
    Entry entry = entries.get(key);
    if (entry == null || HostPort.parse(entry.value).filter(HostPort::isWildcard).isEmpty()) {
      return;
    }
    String advertised = key.equals("portal.listen") ? "portal.address" : key;
    throw bad(
        entry.line,
        key + " = \"" + entry.value + "\" means every address, and hosts must be told one",
        "write " + advertised + " = HOST:PORT with the address that they reach");
  }

  private DaemonConfig.Disk disk() throws ConfigException {
    return new DaemonConfig.Disk(
        required("disk.path", "a path", ConfigFile::path),
        optional("disk.block-sizes", "device, 512, 512e or 4Kn", ConfigFile::blockSizes)
            .flatMap(Function.identity()),
        flag("disk.test.volatile-cache"),
        flag("disk.test.missing-flush"));
  }

  private DaemonConfig.Peer peer() throws ConfigException {
    return new DaemonConfig.Peer(
        required("peer.name", "a-z, 0-9 and '-', at most 32", value -> matching(value, NAME)),
        required("peer.address", "host:port", HostPort::parse),
        flag("peer.any-address"),
        required("peer.portal", "host:port", HostPort::parse));
  }

  private Optional<LoopKind> loopKind() throws ConfigException {
    return optional(
            "loop.kind",
            "auto, io_uring or epoll",
            value ->
                switch (value) {
                  case "auto" -> Optional.of(Optional.<LoopKind>empty());
                  case "io_uring" -> Optional.of(Optional.of(LoopKind.IO_URING));
                  case "epoll" -> Optional.of(Optional.of(LoopKind.EPOLL));
                  default -> Optional.empty();
                })
        .flatMap(Function.identity());
  }

  private boolean flag(String key) throws ConfigException {
    return flag(key, false);
  }

  private boolean flag(String key, boolean byDefault) throws ConfigException {
    return optional(key, "yes or no", value -> matching(value, "yes|no").map("yes"::equals))
        .orElse(byDefault);
  }

  private <T> T required(String key, String form, Function<String, Optional<T>> reader)
      throws ConfigException {
    return optional(key, form, reader)
        .orElseThrow(
            () ->
                new ConfigException(
                    "%s: %s is missing; add a line `%s = ...` (%s). %s"
                        .formatted(file, key, key, form, SEE)));
  }

  private <T> Optional<T> optional(String key, String form, Function<String, Optional<T>> reader)
      throws ConfigException {
    Entry entry = entries.get(key);
    if (entry == null) {
      return Optional.empty();
    }
    Optional<T> value = reader.apply(entry.value);
    if (value.isEmpty()) {
      throw bad(entry.line, key + " = \"" + entry.value + "\" is not valid", "write " + form);
    }
    return value;
  }

  private ConfigException bad(int line, String what, String action) {
    return new ConfigException("%s, line %d: %s; %s. %s".formatted(file, line, what, action, SEE));
  }

  private static Optional<String> matching(String value, String pattern) {
    return value.matches(pattern) ? Optional.of(value) : Optional.empty();
  }

  private static Optional<Path> path(String value) {
    return value.isEmpty() || value.indexOf('\0') >= 0
        ? Optional.empty()
        : Optional.of(Path.of(value));
  }

  private static Optional<Optional<BlockSizes>> blockSizes(String value) {
    return switch (value) {
      case "device" -> Optional.of(Optional.empty());
      case "512" -> Optional.of(Optional.of(BlockSizes.NATIVE_512));
      case "512e" -> Optional.of(Optional.of(BlockSizes.EMULATED_512));
      case "4Kn" -> Optional.of(Optional.of(BlockSizes.NATIVE_4096));
      default -> Optional.empty();
    };
  }

  /// The known key that has most in common with `wrong`: the same last or first word.
  private static Optional<String> nearest(String wrong) {
    String last = wrong.substring(wrong.lastIndexOf('.') + 1);
    return KEYS.stream()
        .filter(key -> key.endsWith("." + last) || key.equals(wrong.replace('_', '-')))
        .findFirst()
        .or(() -> KEYS.stream().filter(key -> sameFirstWord(key, wrong)).findFirst());
  }

  private static boolean sameFirstWord(String key, String wrong) {
    return key.startsWith(wrong.replaceFirst("\\..*", "") + ".");
  }
}
