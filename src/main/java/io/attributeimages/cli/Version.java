package io.attributeimages.cli;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.jar.Attributes;
import java.util.jar.Manifest;
import picocli.CommandLine.IVersionProvider;

/** The version that stands in the manifest of the packaged program. */
final class Version implements IVersionProvider {

  private static final String TITLE = "attribute-images";

  @Override
  public String[] getVersion() throws IOException {
    return new String[] {TITLE + " " + packaged().orElse("(not packaged)")};
  }

  private static Optional<String> packaged() throws IOException {
    List<URL> manifests =
        Collections.list(ClassLoader.getSystemClassLoader().getResources("META-INF/MANIFEST.MF"));
    for (URL url : manifests) {
      try (InputStream in = url.openStream()) {
        Attributes attributes = new Manifest(in).getMainAttributes();
        if (TITLE.equals(attributes.getValue(Attributes.Name.IMPLEMENTATION_TITLE))) {
          return Optional.ofNullable(attributes.getValue(Attributes.Name.IMPLEMENTATION_VERSION));
        }
      }
    }
    return Optional.empty();
  }
}
