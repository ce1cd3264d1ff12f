package io.lockstep;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaConstructorCall;
import io.lockstep.ModuleTable.Library;
import io.lockstep.ModuleTable.Row;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/// Holds classes to a [ModuleTable]; each rule returns its violations as sentences, sorted.
final class Architecture {
  private static final Set<String> FREE_TO_ALL =
      Set.of("java", "javax", "jdk", "org.jspecify", "com.google.errorprone.annotations");

  /// What a pure package does not touch at all: sockets, files, threads and waiting.
  private static final Set<String> IMPURE_PACKAGES =
      Set.of(
          "java.net",
          "java.nio.channels",
          "java.nio.file",
          "java.util.concurrent.locks",
          "java.security",
          "java.sql",
          "java.time");

  private static final Set<String> IMPURE_CLASSES =
      Set.of(
          "java.io.File",
          "java.io.FileInputStream",
          "java.io.FileOutputStream",
          "java.io.RandomAccessFile",
          "java.lang.Process",
          "java.lang.ProcessBuilder",
          "java.lang.ThreadLocal",
          "java.lang.Runtime",
          "java.util.Timer",
          "java.util.Date",
          "java.util.concurrent.CompletableFuture",
          "java.util.concurrent.CountDownLatch",
          "java.util.concurrent.Executor",
          "java.util.concurrent.ExecutorService",
          "java.util.concurrent.Executors",
          "java.util.concurrent.ForkJoinPool",
          "java.util.concurrent.Semaphore",
          "java.util.concurrent.ThreadLocalRandom");

  private static final Set<String> GENERATORS =
      Set.of("java.util.Random", "java.util.SplittableRandom");

  private static final Set<String> IMPURE_CALLS =
      Set.of(
          "java.lang.System.nanoTime",
          "java.lang.System.currentTimeMillis",
          "java.lang.System.getenv",
          "java.lang.Math.random",
          "java.util.UUID.randomUUID",
          "java.lang.Thread.sleep",
          "java.lang.Thread.start",
          "java.lang.Thread.<init>",
          "java.lang.Thread.yield",
          "java.lang.Thread.onSpinWait",
          "java.lang.Thread.ofVirtual",
          "java.lang.Thread.ofPlatform",
          "java.lang.Thread.startVirtualThread",
          "java.lang.Object.wait",
          "java.lang.Object.notify",
          "java.lang.Object.notifyAll");

  private final ModuleTable table;
  private final JavaClasses classes;

  Architecture(ModuleTable table, JavaClasses classes) {
    this.table = table;
    this.classes = classes;
  }

  /// Every package has its row.
  SortedSet<String> unknownPackages() {
    SortedSet<String> unknown = new TreeSet<>();
    for (JavaClass one : classes) {
      if (!isListed(one)) {
        unknown.add("package " + one.getPackageName() + " is not in the table");
      }
    }
    return unknown;
  }

  /// Every row has its package.
  SortedSet<String> emptyRows() {
    SortedSet<String> empty = new TreeSet<>(table.rows().keySet());
    classes.forEach(one -> empty.remove(table.shortName(one.getPackageName())));
    return empty;
  }

  /// A package uses the packages of its row and no others.
  SortedSet<String> wrongUses() {
    SortedSet<String> wrong = new TreeSet<>();
    dependencies()
        .forEach(
            use -> {
              JavaClass from = use.getOriginClass();
              JavaClass to = use.getTargetClass().getBaseComponentType();
              boolean ours = to.getPackageName().startsWith(table.root() + ".");
              if (ours
                  && !to.getPackageName().equals(from.getPackageName())
                  && !row(from).mayUse().contains(table.shortName(to.getPackageName()))) {
                wrong.add(sentence(from, "may not use", to.getName()));
              }
            });
    return wrong;
  }

  /// A package uses the libraries of its row and no others.
  SortedSet<String> wrongLibraries() {
    SortedSet<String> wrong = new TreeSet<>();
    dependencies()
        .forEach(
            use -> {
              JavaClass from = use.getOriginClass();
              JavaClass to = use.getTargetClass().getBaseComponentType();
              if (!to.isPrimitive()
                  && !isIn(to, Set.of(table.root()))
                  && !isIn(to, FREE_TO_ALL)
                  && row(from).libraries().stream().noneMatch(one -> isIn(to, one.packages()))) {
                wrong.add(sentence(from, "may not use the library of", to.getName()));
              }
            });
    return wrong;
  }

  /// A pure package has no sockets, files, threads, clock or dice.
  SortedSet<String> impurities() {
    SortedSet<String> impure = new TreeSet<>();
    dependencies()
        .filter(use -> row(use.getOriginClass()).isPure())
        .forEach(
            use -> {
              JavaClass to = use.getTargetClass().getBaseComponentType();
              if (IMPURE_CLASSES.contains(to.getName()) || isIn(to, IMPURE_PACKAGES)) {
                impure.add(sentence(use.getOriginClass(), "is pure and touches", to.getName()));
              }
            });
    for (JavaClass one : classes) {
      if (isListed(one) && row(one).isPure()) {
        for (JavaAccess<?> access : one.getAccessesFromSelf()) {
          if (isUnseeded(access)) {
            impure.add(sentence(one, "is pure and throws dice", access.getTargetOwner().getName()));
          }
          String call = access.getTargetOwner().getName() + "." + access.getTarget().getName();
          if (IMPURE_CALLS.contains(call)) {
            impure.add(sentence(one, "is pure and calls", call));
          }
        }
      }
    }
    return impure;
  }

  /// A generator made from a seed repeats itself; one made from nothing does not.
  private static boolean isUnseeded(JavaAccess<?> access) {
    return access instanceof JavaConstructorCall call
        && call.getTarget().getRawParameterTypes().isEmpty()
        && GENERATORS.contains(call.getTargetOwner().getName());
  }

  /// The packages with a class that uses this library: for rules that name them all.
  SortedSet<String> packagesUsing(Library library) {
    SortedSet<String> users = new TreeSet<>();
    dependencies()
        .filter(use -> isIn(use.getTargetClass().getBaseComponentType(), library.packages()))
        .forEach(use -> users.add(table.shortName(use.getOriginClass().getPackageName())));
    return users;
  }

  /// The classes of each circle, largest first; a nested class counts as the one around it.
  List<Set<String>> circles() {
    Map<String, Set<String>> edges = new TreeMap<>();
    dependencies()
        .forEach(
            use -> {
              String from = outermost(use.getOriginClass());
              String to = outermost(use.getTargetClass().getBaseComponentType());
              edges.computeIfAbsent(from, _ -> new TreeSet<>());
              if (!from.equals(to)) {
                edges.get(from).add(to);
              }
            });
    return Circles.of(edges);
  }

  private static String outermost(JavaClass one) {
    String name = one.getName();
    int nested = name.indexOf('$');
    return nested < 0 ? name : name.substring(0, nested);
  }

  private Stream<Dependency> dependencies() {
    return Stream.of(classes.toArray(JavaClass[]::new))
        .filter(this::isListed)
        .flatMap(one -> one.getDirectDependenciesFromSelf().stream());
  }

  private boolean isListed(JavaClass one) {
    return one.getPackageName().startsWith(table.root() + ".")
        && table.rows().containsKey(table.shortName(one.getPackageName()));
  }

  private Row row(JavaClass one) {
    return table.row(table.shortName(one.getPackageName()));
  }

  private static boolean isIn(JavaClass one, Set<String> packages) {
    String name = one.getPackageName();
    return packages.stream().anyMatch(in -> name.equals(in) || name.startsWith(in + "."));
  }

  private static String sentence(JavaClass from, String verb, String to) {
    return from.getName() + " " + verb + " " + to;
  }
}
