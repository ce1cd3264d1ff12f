package io.lockstep;

import static io.lockstep.ModuleTable.Library.BOUNCY_CASTLE;
import static io.lockstep.ModuleTable.Library.DATABASE;
import static io.lockstep.ModuleTable.Library.JACKSON;
import static io.lockstep.ModuleTable.Library.LOGBACK;
import static io.lockstep.ModuleTable.Library.LOGGING;
import static io.lockstep.ModuleTable.Library.NETTY;
import static io.lockstep.ModuleTable.Library.PAGES;
import static io.lockstep.ModuleTable.Library.PASSWORDS;
import static io.lockstep.ModuleTable.Library.PICOCLI;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Which package may use which: the table of docs/design.md as data, lowest first.
///
/// A row names what its package uses itself. Nothing is inherited: a package that may use `mirror`
/// must name `block` too. A package that has no row is an error, so a new one is a decision.
record ModuleTable(String root, Map<String, Row> rows) {

  /// What a package may be besides correct.
  enum Purity {
    /// No sockets, threads, clock or dice: whoever calls it brings them.
    PURE,
    /// It performs what pure packages decided.
    SHELL
  }

  /// The libraries that rows name. The JDK and annotations are free to all.
  enum Library {
    NETTY("io.netty"),
    LOGGING("org.slf4j"),
    LOGBACK("ch.qos.logback"),
    JACKSON("tools.jackson", "com.fasterxml.jackson"),
    PICOCLI("picocli"),
    PAGES("io.javalin", "gg.jte", "org.eclipse.jetty", "jakarta.servlet"),
    DATABASE("org.jdbi", "org.h2", "org.flywaydb"),
    PASSWORDS("com.password4j"),
    BOUNCY_CASTLE("org.bouncycastle");

    private final String packages;

    Library(String... packages) {
      this.packages = String.join(" ", packages);
    }

    Set<String> packages() {
      return Set.of(packages.split(" "));
    }
  }

  record Row(Purity purity, Set<String> mayUse, Set<Library> libraries) {
    boolean isPure() {
      return purity == Purity.PURE;
    }
  }

  /// The table itself.
  static ModuleTable lockstep() {
    Builder table = new Builder("io.lockstep");
    table.pure("block", "");
    table.pure("block.filter", "block");
    table.pure("block.record", "block");
    table.shell("block.ring", "block", NETTY);
    table.shell("block.disk", "block block.ring", NETTY, LOGGING);
    addMirror(table);

    table.pure("volume", "block block.record");
    table.pure("volume.snapshot", "block volume");
    table.pure("volume.embedded", "block volume volume.snapshot");
    table.pure("scsi", "block");
    table.pure("scsi.spc", "block scsi");
    table.pure("scsi.sbc", "block scsi");
    table.pure("scsi.lu", "block block.record scsi scsi.spc scsi.sbc");

    table.pure("iscsi.pdu", "block");
    table.pure("iscsi.login", "block iscsi.pdu");
    table.pure("iscsi.session", "block iscsi.pdu iscsi.login scsi");
    table.shell(
        "iscsi.portal",
        "block block.ring iscsi.pdu iscsi.login iscsi.session scsi",
        NETTY,
        LOGGING);
    table.pure("nbd.wire", "block");
    table.pure("nbd.session", "block nbd.wire");
    table.shell("nbd.portal", "block block.ring nbd.wire nbd.session", NETTY, LOGGING);

    addDaemon(table);
    addConsole(table);
    return table.build();
  }

  private static void addDaemon(Builder table) {
    table.pure("peers", "block");
    table.shell("peers.net", "block block.ring peers", NETTY, LOGGING);
    table.shell("log", "", LOGGING, LOGBACK);
    table.shell("control.api", "block", JACKSON);
    table.shell("control.client", "block control.api");
    table.pure("control.verb", "block control.api");
    table.shell("control", "block block.ring control.api control.verb", NETTY, LOGGING, JACKSON);
    table.shell("control.audit", "control control.api control.verb", LOGGING);
    table.pure(
        "node",
        "block block.filter block.record mirror mirror.link mirror.meta mirror.state volume"
            + " scsi scsi.lu control.api control.verb");
    String data = "block block.filter block.record block.ring block.disk ";
    String mirror = "mirror mirror.link mirror.meta mirror.state mirror.peer ";
    String target = "volume volume.embedded scsi scsi.lu iscsi.login iscsi.session iscsi.portal ";
    table.shell(
        "daemon",
        data
            + mirror
            + target
            + "peers peers.net control control.api control.audit control.verb node log",
        NETTY,
        LOGGING,
        LOGBACK,
        JACKSON,
        PICOCLI);
    table.shell("cli", "block block.disk control.api control.client daemon", PICOCLI, JACKSON);
  }

  private static void addConsole(Builder table) {
    table.shell("web.store", "", DATABASE, LOGGING, PASSWORDS);
    table.shell(
        "web",
        "control.api control.client log web.store",
        PAGES,
        LOGGING,
        LOGBACK,
        JACKSON,
        PICOCLI,
        PASSWORDS,
        BOUNCY_CASTLE);
  }

  /// Each room of the mirror is made of those before it.
  private static void addMirror(Builder table) {
    String values = "block mirror.state mirror.meta mirror.wire ";
    String data = values + "mirror.copy mirror.link mirror.write ";
    table.pure("mirror.state", "block");
    table.pure("mirror.meta", "block mirror.state");
    table.pure("mirror.wire", "block mirror.state");
    table.pure("mirror.copy", "block mirror.meta mirror.state");
    table.pure("mirror.link", values + "mirror.copy");
    table.shell("mirror.peer", "block block.ring mirror.link mirror.wire", NETTY, LOGGING);
    table.pure("mirror.write", values + "mirror.copy mirror.link");
    table.pure("mirror.resync", data);
    table.pure("mirror.role", data + "mirror.resync");
    table.pure("mirror.meeting", data + "mirror.resync mirror.role");
    table.pure("mirror", data + "block.filter mirror.resync mirror.role mirror.meeting");
  }

  /// The name in the table of a package such as `io.lockstep.mirror.wire`.
  String shortName(String packageName) {
    return packageName.substring(root.length() + 1);
  }

  /// The row of a package that has one.
  Row row(String name) {
    return Objects.requireNonNull(rows.get(name), name);
  }

  /// The packages that this one uses, directly and through others.
  Set<String> reachable(String name) {
    Set<String> seen = new TreeSet<>();
    collect(name, seen);
    return seen;
  }

  private void collect(String name, Set<String> seen) {
    for (String used : row(name).mayUse()) {
      if (seen.add(used)) {
        collect(used, seen);
      }
    }
  }

  /// Rows in order; a row can only name what stands above it, so the table has no circle.
  static final class Builder {
    private final String root;
    private final Map<String, Row> rows = new LinkedHashMap<>();

    Builder(String root) {
      this.root = root;
    }

    void pure(String name, String mayUse) {
      add(name, new Row(Purity.PURE, words(mayUse), Set.of()));
    }

    void shell(String name, String mayUse, Library... libraries) {
      add(name, new Row(Purity.SHELL, words(mayUse), Set.of(libraries)));
    }

    private void add(String name, Row row) {
      for (String used : row.mayUse()) {
        if (!rows.containsKey(used)) {
          throw new IllegalArgumentException(name + " uses " + used + ", which stands below it");
        }
      }
      if (rows.put(name, row) != null) {
        throw new IllegalArgumentException(name + " stands in the table twice");
      }
    }

    ModuleTable build() {
      return new ModuleTable(root, rows);
    }

    private static Set<String> words(String text) {
      return Stream.of(text.split(" "))
          .filter(word -> !word.isEmpty())
          .collect(Collectors.toUnmodifiableSet());
    }
  }
}
