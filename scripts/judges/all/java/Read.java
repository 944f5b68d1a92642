import java.io.File;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.filter2.compat.FilterCompat;
import org.apache.parquet.filter2.predicate.FilterApi;
import org.apache.parquet.filter2.predicate.FilterPredicate;
import org.apache.parquet.hadoop.ParquetReader;
import org.apache.parquet.hadoop.example.GroupReadSupport;

/** What parquet-java makes of train: Read OUTPUT COLUMNS IMAGES SCORES. */
class Read {
  static ParquetReader<Group> open(File f, FilterPredicate p) throws Exception {
    var b = ParquetReader.builder(new GroupReadSupport(), new Path(f.toURI()));
    return (p == null ? b : b.withFilter(FilterCompat.get(p))).build();
  }

  static long count(File[] files, FilterPredicate p) throws Exception {
    long n = 0;
    for (File f : files) try (var r = open(f, p)) { while (r.read() != null) n++; }
    return n;
  }

  public static void main(String[] a) throws Exception {
    File[] files = new File(a[0], "parquet/data").listFiles((d, n) -> n.startsWith("train-") && n.endsWith(".parquet"));
    Arrays.sort(files);
    List<String> images = List.of(a[2].split(",")), scores = List.of(a[3].split(","));
    var hash = MessageDigest.getInstance("SHA-256");
    long rows = 0;
    for (File f : files) try (var r = open(f, null)) {
      for (Group g; (g = r.read()) != null; rows++) {
        for (String c : a[1].split(",")) {
          if (images.contains(c)) {
            hash.update((g.getGroup(c, 0).getString("path", 0) + "\0").getBytes(StandardCharsets.UTF_8));
            hash.update(g.getGroup(c, 0).getBinary("bytes", 0).getBytes());
          } else if (scores.contains(c)) {
            hash.update(ByteBuffer.allocate(8).putDouble(g.getDouble(c, 0)).array());
          } else {
            hash.update((g.getString(c, 0) + "\0").getBytes(StandardCharsets.UTF_8));
          }
        }
      }
    }
    System.out.printf("{\"rows\": %d, \"zero\": %d, \"high\": %d, \"sha256\": \"%s\"}%n", rows,
        count(files, FilterApi.eq(FilterApi.doubleColumn("E1"), 0.0)),
        count(files, FilterApi.gt(FilterApi.doubleColumn("R2"), 0.5)), HexFormat.of().formatHex(hash.digest()));
  }
}
