package io.lockstep.sim.plant;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// The plants of a source tree, one file each: those that the mirror's simulation finds lie in
/// `mirror/src/plants`, each world's own beside what it is about.
public final class Plants {
  /// Where those of the mirror are.
  public static final String OF_MIRROR = "mirror/src/plants";

  private final Path tree;
  private final String folder;

  /// @param tree the root of the source tree
  /// @param folder where they lie in it
  private Plants(Path tree, String folder) {
    this.tree = tree;
    this.folder = folder;
  }

  /// Those of the tree that this process was started in, or of `-Dlockstep.tree=PATH`.
  public static Plants ofThisTree(String folder) {
    Path start = Path.of(System.getProperty("lockstep.tree", "")).toAbsolutePath();
    for (Path at = start; at != null; at = at.getParent()) {
      if (Files.isDirectory(at.resolve(folder))) {
        return new Plants(at, folder);
      }
    }
    throw new IllegalStateException("no " + folder + " in " + start + " or above it");
  }

  /// All, by name.
  public List<Plant> all() {
    try (Stream<Path> files = Files.list(tree.resolve(folder))) {
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
  public String source(Plant plant, String file) {
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
