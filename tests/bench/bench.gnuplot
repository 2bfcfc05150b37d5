# Draws bench.dat (see report.h) as bench.svg, both in the working directory.
set terminal svg size 960,720 font "sans-serif,13" background rgb "white"
set output "bench.svg"
set datafile missing "-"
set style data histogram
set style histogram clustered gap 1
set style fill solid 0.85 border -1
set logscale y
set grid ytics lc rgb "#cccccc"
set xtics rotate by -20 nomirror
set key top left
set multiplot layout 2,1
set title "One request at a time: median latency in ms (less is better; logarithmic)"
plot "bench.dat" using 2:xtic(1) title "trivial" lc rgb "#4477aa", \
     "" using 3 title "pandas" lc rgb "#ee6677"
set title "8 clients: runs per second (more is better; logarithmic)"
set key top right
plot "bench.dat" using 4:xtic(1) title "trivial" lc rgb "#4477aa", \
     "" using 5 title "pandas" lc rgb "#ee6677"
unset multiplot
