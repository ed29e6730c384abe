package io.attributeimages.storage;

import io.attributeimages.support.TestSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** A program that fits the pictures in the files it is given, all at once, and says how many. */
final class LargePictures {

  private LargePictures() {}

  public static void main(String[] files) throws Exception {
    PictureFit fit = new PictureFit(TestSettings.of(StorageSettings.class));
    ExecutorService threads = Executors.newFixedThreadPool(files.length);
    List<Callable<FittedPicture>> work = new ArrayList<>();
    for (String file : files) {
      byte[] bytes = Files.readAllBytes(Path.of(file));
      work.add(() -> fit.fit(bytes, 512, 768));
    }
    List<Future<FittedPicture>> pictures = threads.invokeAll(work);
    threads.shutdown();
    int fitted = 0;
    for (Future<FittedPicture> picture : pictures) {
      Painted.assertQuarters(Painted.seen(picture.get().jpeg()), 40, Painted.UPRIGHT);
      fitted++;
    }
    System.out.println(fitted + " fitted");
  }
}
