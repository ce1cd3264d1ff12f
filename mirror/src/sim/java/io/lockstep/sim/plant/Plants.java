package io.lockstep.sim.plant;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// The plants of a source tree: one file each in `mirror/src/plants`.
public final class Plants {
  private static final String FOLDER = "mirror/src/plants";

  private final Path tree;

  /// @param tree the root of the source tree
  public Plants(Path tree) {
    this.tree = tree;
  }

  /// Those of the tree that this process was started in, or of `-Dlockstep.tree=PATH`.
  public static Plants ofThisTree() {
    Path start = Path.of(System.getProperty("lockstep.tree", "")).toAbsolutePath();
    for (Path at = start; at != null; at = at.getParent()) {
      if (Files.isDirectory(at.resolve(FOLDER))) {
        return new Plants(at);
      }
    }
    throw new IllegalStateException("no " + FOLDER + " in " + start + " or above it");
  }

  /// All, by name.
  public List<Plant> all() {
    try (Stream<Path> files = Files.list(tree.resolve(FOLDER))) {
      return files
          .filter(file -> file.toString().endsWith(PlantFile.ENDING))
          .sorted()
          .map(file -> PlantFile.parse(nameOf(file), read(file)))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The text of a source file, by its path from the root of the tree.
  ///
  /// @throws Plant.Unfit if there is no such file
  String source(Plant plant, String file) {
    Path path = tree.resolve(file);
    if (!Files.isRegularFile(path)) {
      throw new Plant.Unfit(plant.name(), "there is no file " + file);
    }
    return read(path);
  }

  private static String nameOf(Path file) {
    String name = file.getFileName().toString();
    return name.substring(0, name.length() - PlantFile.ENDING.length());
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
