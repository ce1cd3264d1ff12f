package io.lockstep.daemon;

import io.lockstep.block.disk.BlockSizes;
import io.lockstep.block.ring.LoopKind;
import io.lockstep.control.api.Yaml;
import io.lockstep.peers.PeerLimits;
import io.lockstep.scsi.LuIdentity;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Reads a configuration file in YAML. Every key is known, given once and well formed, or the file
/// is refused with a sentence that names the line and the key, and says what belongs there.
public final class ConfigFile {
  private static final String SEE = "See docs/configuration.md.";
  private static final String COMPANY_ID = "[0-9a-f][02468ace](-?[0-9a-f]{2}){2}";
  private static final String NAME = "[a-z0-9][a-z0-9-]{0,31}";
  private static final String NAME_FORM = "a-z, 0-9 and '-', at most 32";
  private static final String HOST_PORT_FORM = "host:port, an IPv6 address as \"[ADDRESS]:PORT\"";
  private static final String FLAG_FORM = "true or false";

  /// Every key that has a value, and what may be written there.
  static final Map<String, String> FORMS = forms();

  private static Map<String, String> forms() {
    var forms = new LinkedHashMap<String, String>();
    forms.put("node.name", NAME_FORM);
    forms.put("node.id", "0 or 1");
    forms.put("mirrors[].name", NAME_FORM);
    forms.put("mirrors[].port", "a port, 0 to 65535");
    forms.put("mirrors[].disks[].path", "a path");
    forms.put("peer.name", NAME_FORM);
    forms.put("peer.addresses[]", "an address or a host name, without a port");
    forms.put("peer.port", "a port, 0 to 65535");
    forms.put("peer.anyAddress", FLAG_FORM);
    forms.put("peer.portals[]", HOST_PORT_FORM);
    forms.put("portals[].listen", HOST_PORT_FORM);
    forms.put("portals[].advertised", HOST_PORT_FORM);
    forms.put("control.socket", "a path");
    forms.put("audit.file", "a path");
    forms.put("log.file", "a path");
    forms.put("console.url", "an http or https URL");
    forms.put("loop.kind", "auto, io_uring or epoll");
    forms.put("stop.handover", FLAG_FORM);
    forms.put("volumes.companyId", "an OUI, six hexadecimal digits, the second one even");
    forms.put("test.blockSizes", "device, 512n, 512e or 4Kn");
    forms.put("test.noDiscard", FLAG_FORM);
    forms.put("test.volatileCache", FLAG_FORM);
    forms.put("test.missingFlush", FLAG_FORM);
    forms.put("test.delayMicros", "microseconds, 1 to 10000000");
    forms.put("test.failReads", "one of how many, 1 to 1000000000");
    forms.put("test.failWrites", "one of how many, 1 to 1000000000");
    forms.put("test.logIo", FLAG_FORM);
    return forms;
  }

  private final Path file;
  private final Yaml.Read<ConfigForm> read;

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

  private ConfigFile(Path file, Yaml.Read<ConfigForm> read) {
    this.file = file;
    this.read = read;
  }

  public static DaemonConfig read(Path file) throws ConfigException {
    String text;
    try {
      text = Files.readString(file);
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
    return parse(file, text);
  }

  static DaemonConfig parse(Path file, String text) throws ConfigException {
    try {
      return new ConfigFile(file, Yaml.read(text, ConfigForm.class)).build();
    } catch (Yaml.BadYamlException e) {
      throw bad(file, e.line(), String.valueOf(e.getMessage()), action(e.key()));
    }
  }

  /// What to do about a key whose value is none of its form, or which there is not.
  private static String action(String key) {
    @Nullable String form = FORMS.get(general(key));
    if (form != null) {
      return "write " + form;
    }
    if (key.isEmpty()) {
      return "write `key: value`, what begins with [ or * in quotation marks";
    }
    boolean section = FORMS.keySet().stream().anyMatch(one -> one.startsWith(general(key)));
    return section ? "write what belongs there" : "correct or remove it";
  }

  /// A key as [#FORMS] has it: `mirrors[0].name` is `mirrors[].name`.
  private static String general(String key) {
    return key.replaceAll("\\[[0-9]+]", "[]");
  }

  private DaemonConfig build() throws ConfigException {
    ConfigForm form = read.value();
    Path socket = path("control.socket", form.control().socket());
    return new DaemonConfig(
        new DaemonConfig.NodePart(
            matching("node.name", form.node().name(), NAME),
            form.node().id(),
            form.stop() == null || !Boolean.FALSE.equals(form.stop().handover())),
        mirrors(form.mirrors()),
        peer(form.peer()),
        portals(form.portals()),
        socket,
        new DaemonConfig.Written(auditFile(form, socket), logFile(form.log())),
        url(form.console()),
        loopKind(form.loop()),
        companyId(form.volumes()),
        test(form.test()));
  }

  private List<DaemonConfig.MirrorPart> mirrors(List<ConfigForm.Mirror> forms)
      throws ConfigException {
    if (forms.isEmpty()) {
      throw bad("mirrors", "mirrors is empty", "write one there");
    }
    if (forms.size() > DaemonConfig.MIRRORS_MAX) {
      throw bad(
          "mirrors[" + DaemonConfig.MIRRORS_MAX + "]",
          "mirrors has " + forms.size() + ", and a node keeps at most " + DaemonConfig.MIRRORS_MAX,
          "leave so many there");
    }
    var mirrors = new ArrayList<DaemonConfig.MirrorPart>();
    for (ConfigForm.Mirror form : forms) {
      String key = "mirrors[" + mirrors.size() + "]";
      one(key + ".disks", form.disks(), "a mirror has one disk on each node in this release");
      var disks = new ArrayList<Path>();
      for (ConfigForm.Disk disk : form.disks()) {
        disks.add(path(key + ".disks[" + disks.size() + "].path", disk.path()));
      }
      var mirror =
          new DaemonConfig.MirrorPart(
              matching(key + ".name", form.name(), NAME), form.port(), List.copyOf(disks));
      checkApart(key, mirror, mirrors);
      mirrors.add(mirror);
    }
    return List.copyOf(mirrors);
  }

  /// Two mirrors share nothing.
  private void checkApart(
      String key, DaemonConfig.MirrorPart mirror, List<DaemonConfig.MirrorPart> before)
      throws ConfigException {
    for (DaemonConfig.MirrorPart other : before) {
      if (other.name().equals(mirror.name())) {
        throw bad(
            key + ".name",
            "two mirrors are called " + mirror.name(),
            "give each a name of its own");
      }
      if (other.port() == mirror.port() && mirror.port() != 0) {
        throw bad(
            key + ".port",
            "mirrors %s and %s have port %d".formatted(other.name(), mirror.name(), mirror.port()),
            "give each a port of its own, the same on both nodes");
      }
      if (other.disks().stream().anyMatch(mirror.disks()::contains)) {
        throw bad(
            key + ".disks[0].path",
            "mirrors %s and %s have the same disk".formatted(other.name(), mirror.name()),
            "give each a disk of its own");
      }
    }
  }

  private DaemonConfig.Peer peer(ConfigForm.Peer form) throws ConfigException {
    several("peer.addresses", form.addresses(), PeerLimits.ADDRESSES_MAX);
    one("peer.portals", form.portals(), "a node has one portal in this release");
    var addresses = new ArrayList<String>();
    for (String address : form.addresses()) {
      String key = "peer.addresses[" + addresses.size() + "]";
      String host = checked(key, address, HostPort::parseHost);
      if (addresses.contains(host)) {
        throw bad(key, key + " stands there already", "write each address once");
      }
      addresses.add(host);
    }
    var portals = new ArrayList<HostPort>();
    for (String portal : form.portals()) {
      String key = "peer.portals[" + portals.size() + "]";
      portals.add(checked(key, portal, HostPort::parse));
      checkAdvertised(key, portals.getLast(), key);
    }
    return new DaemonConfig.Peer(
        matching("peer.name", form.name(), NAME),
        List.copyOf(addresses),
        form.port(),
        Boolean.TRUE.equals(form.anyAddress()),
        List.copyOf(portals));
  }

  private List<DaemonConfig.PortalPart> portals(List<ConfigForm.Portal> forms)
      throws ConfigException {
    one("portals", forms, "a node has one portal in this release");
    var portals = new ArrayList<DaemonConfig.PortalPart>();
    for (ConfigForm.Portal form : forms) {
      String key = "portals[" + portals.size() + "]";
      HostPort listen = checked(key + ".listen", form.listen(), HostPort::parse);
      String advertisedKey = key + ".advertised";
      @Nullable String text = form.advertised();
      HostPort advertised = text == null ? listen : checked(advertisedKey, text, HostPort::parse);
      checkAdvertised(text == null ? key + ".listen" : advertisedKey, advertised, advertisedKey);
      portals.add(new DaemonConfig.PortalPart(listen, advertised));
    }
    return List.copyOf(portals);
  }

  /// Hosts are told to log in there: "every address of this machine" is none to them.
  private void checkAdvertised(String key, HostPort address, String where) throws ConfigException {
    if (address.isWildcard()) {
      throw bad(
          key,
          key + " \"" + address + "\" means every address, and hosts must be told one",
          "write the address that they reach as " + where);
    }
  }

  /// Without a word of it, beside the control socket; but what lies below /run is gone when the
  /// machine has started anew.
  private Path auditFile(ConfigForm form, Path socket) throws ConfigException {
    @Nullable String file = form.audit() == null ? null : form.audit().file();
    if (file != null) {
      return path("audit.file", file);
    }
    String name = "audit-" + form.node().name() + ".jsonl";
    Path beside = socket.toAbsolutePath().normalize().resolveSibling(name);
    boolean forgotten = beside.startsWith("/run") || beside.startsWith("/var/run");
    return forgotten ? Path.of("/var/lib/lockstep", name) : beside;
  }

  private Optional<Path> logFile(ConfigForm.@Nullable Log form) throws ConfigException {
    @Nullable String file = form == null ? null : form.file();
    return file == null ? Optional.empty() : Optional.of(path("log.file", file));
  }

  private Optional<String> url(ConfigForm.@Nullable Console form) throws ConfigException {
    @Nullable String url = form == null ? null : form.url();
    return url == null
        ? Optional.empty()
        : Optional.of(matching("console.url", url, "https?://\\S+"));
  }

  private Optional<LoopKind> loopKind(ConfigForm.@Nullable Loop form) throws ConfigException {
    @Nullable String kind = form == null ? null : form.kind();
    return kind == null ? Optional.empty() : checked("loop.kind", kind, ConfigFile::loopKind);
  }

  private static Optional<Optional<LoopKind>> loopKind(String value) {
    return switch (value) {
      case "auto" -> Optional.of(Optional.empty());
      case "io_uring" -> Optional.of(Optional.of(LoopKind.IO_URING));
      case "epoll" -> Optional.of(Optional.of(LoopKind.EPOLL));
      default -> Optional.empty();
    };
  }

  /// An OUI as the IEEE writes it, 00-50-C2, or without the hyphens; never one of a group.
  private String companyId(ConfigForm.@Nullable Volumes form) throws ConfigException {
    @Nullable String id = form == null ? null : form.companyId();
    return id == null
        ? LuIdentity.COMPANY_ID
        : matching("volumes.companyId", id.toLowerCase(Locale.ROOT), COMPANY_ID).replace("-", "");
  }

  private DaemonConfig.Test test(ConfigForm.@Nullable Test form) throws ConfigException {
    if (form == null) {
      return new DaemonConfig.Test(
          false, Optional.empty(), false, false, DaemonConfig.Filters.NONE);
    }
    @Nullable String sizes = form.blockSizes();
    return new DaemonConfig.Test(
        Boolean.TRUE.equals(form.noDiscard()),
        sizes == null
            ? Optional.empty()
            : checked("test.blockSizes", sizes, ConfigFile::blockSizes),
        Boolean.TRUE.equals(form.volatileCache()),
        Boolean.TRUE.equals(form.missingFlush()),
        new DaemonConfig.Filters(
            orOff(form.delayMicros()),
            orOff(form.failReads()),
            orOff(form.failWrites()),
            Boolean.TRUE.equals(form.logIo())));
  }

  private static int orOff(@Nullable Integer number) {
    return number == null ? 0 : number;
  }

  private static Optional<Optional<BlockSizes>> blockSizes(String value) {
    return switch (value) {
      case "device" -> Optional.of(Optional.empty());
      case "512n" -> Optional.of(Optional.of(BlockSizes.NATIVE_512));
      case "512e" -> Optional.of(Optional.of(BlockSizes.EMULATED_512));
      case "4Kn" -> Optional.of(Optional.of(BlockSizes.NATIVE_4096));
      default -> Optional.empty();
    };
  }

  // --- what they share ---

  /// A list of so many at most.
  private void several(String key, List<?> list, int countMax) throws ConfigException {
    if (list.isEmpty()) {
      throw bad(key, key + " is empty", "write one there");
    }
    if (list.size() > countMax) {
      throw bad(
          key + "[" + countMax + "]",
          key + " has " + list.size() + " elements",
          "leave at most " + countMax + " there");
    }
  }

  /// A list that must have one element while nothing serves more.
  private void one(String key, List<?> list, String why) throws ConfigException {
    if (list.isEmpty()) {
      throw bad(key, key + " is empty", "write one there");
    }
    if (list.size() > 1) {
      throw bad(key + "[1]", key + " has " + list.size() + ", and " + why, "leave one there");
    }
  }

  private String matching(String key, String value, String pattern) throws ConfigException {
    return checked(
        key, value, text -> text.matches(pattern) ? Optional.of(text) : Optional.empty());
  }

  private Path path(String key, String value) throws ConfigException {
    return checked(
        key,
        value,
        text ->
            text.isEmpty() || text.indexOf('\0') >= 0
                ? Optional.empty()
                : Optional.of(Path.of(text)));
  }

  private <T> T checked(String key, String value, Function<String, Optional<T>> reader)
      throws ConfigException {
    Optional<T> result = reader.apply(value);
    if (result.isEmpty()) {
      throw bad(key, key + " \"" + value + "\" is not valid", action(key));
    }
    return result.get();
  }

  private ConfigException bad(String key, String what, String action) {
    return bad(file, read.line(key), what, action);
  }

  private static ConfigException bad(Path file, int line, String what, String action) {
    return new ConfigException(
        "%s%s: %s; %s. %s".formatted(file, line == 0 ? "" : ", line " + line, what, action, SEE));
  }
}
