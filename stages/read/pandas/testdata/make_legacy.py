# -*- coding: utf-8 -*-
# Makes the small pickles beside this file, and their truth.json, with whatever
# pandas runs it (written for Python 2.7 and pandas 0.13 on, runs on all since):
#
#     python make_legacy.py pandas-VERSION
#
# Those here come from pandas 0.18.1 and 0.24.2 (Python 2.7), 0.20.3, 0.25.3 and
# 1.1.5 (3.6), 1.3.5 (3.8), 2.2.3 and 2.3.3 with pyarrow (3.11).
import pandas as pd, numpy as np, sys, os, json, datetime, math
try: import cPickle as pickle
except ImportError: import pickle
out=sys.argv[1]
if not os.path.isdir(out): os.makedirs(out)
objs={}
def add(n,f):
    try: objs[n]=f()
    except Exception as e: sys.stderr.write('SKIP %s %r\n'%(n,e))
add('p2_basic',lambda: pd.DataFrame({'s':['a','b','c'],'u':[u'\u20ac',u'x',None],'f':[.5,1.5,float('nan')],'i':[1,2,3],'b':[True,False,True]},columns=['s','u','f','i','b']))
add('p2_dt',lambda: pd.DataFrame({'d':pd.to_datetime(['2020-01-01',None])}))
add('p2_dtindex',lambda: pd.DataFrame({'v':[1.,2.]},index=pd.date_range('2020-01-01',periods=2,freq='D')))
add('p2_dtindextz',lambda: pd.DataFrame({'v':[1.,2.]},index=pd.date_range('2020-01-01',periods=2,freq='D',tz='Europe/Berlin')))
add('p2_mi',lambda: pd.DataFrame({'v':[1.,2.]},index=pd.MultiIndex.from_tuples([('a',1),('b',2)],names=['x','y'])))
add('p2_micols',lambda: pd.DataFrame([[1,2]],columns=pd.MultiIndex.from_tuples([('a','x'),('a','y')])))
add('p2_strindex',lambda: pd.DataFrame({'v':[1.,2.]},index=['r1','r2']))
add('p2_period',lambda: pd.DataFrame({'v':[1.,2.]},index=pd.period_range('2020-01',periods=2,freq='M')))
add('p2_intcols',lambda: pd.DataFrame([[1,'a'],[2,'b']]))
add('p2_from2d',lambda: pd.DataFrame(np.arange(12.).reshape(4,3),columns=list('abc')))
add('p2_cat',lambda: pd.DataFrame({'c':pd.Categorical(['a','b','a'])}))
add('p2_ts',lambda: pd.DataFrame({'o':np.array([pd.Timestamp('2020-01-02'),None],dtype=object)}))
add('p2_date',lambda: pd.DataFrame({'o':np.array([datetime.datetime(2020,1,2,3,4,5),datetime.datetime(2021,1,1)],dtype=object)}))
add('p2_series',lambda: pd.Series([1.5,2.5],index=['a','b'],name='n'))
add('p2_0rows',lambda: pd.DataFrame({'a':np.array([],dtype='f8'),'b':np.array([],dtype=object)}))
add('p2_td',lambda: pd.DataFrame({'d':np.array([1000000000,5],dtype='m8[ns]')}))
add('p2_lod',lambda: [{'s':'a','f':1.5},{'s':u'b\u20ac','f':None}])
add('p2_dfs',lambda: {'frame':{'float':pd.DataFrame({'A':[1.,2.]}),'mixed':pd.DataFrame({'A':[1.,2.],'B':['x','y']})},'series':{'f':pd.Series([1.,2.])}})
def canon(v):
    if v is None or v is pd.NaT: return None
    if isinstance(v,(bool,np.bool_)): return bool(v)
    if isinstance(v,(int,np.integer)) or type(v).__name__=='long': return int(v)
    if isinstance(v,(float,np.floating)): return None if math.isnan(v) else float(v)
    if isinstance(v,pd.Timestamp): return {'ts_ns':int(v.value)}
    if isinstance(v,datetime.datetime): return {'ts_ns':int(pd.Timestamp(v).value)}
    if isinstance(v,bytes): return v.decode('latin1')
    if isinstance(v,(tuple,list)): return [canon(x) for x in v]
    if isinstance(v,type(u'')): return v
    if hasattr(pd,'Timedelta') and isinstance(v,pd.Timedelta): return {'td_ns':int(v.value)}
    return {'repr':repr(v)}
truth={}
for n,o in objs.items():
    for p in ((0,2) if sys.version_info[0]==2 else (2,4)):
        try: open('%s/%s.p%d.pkl'%(out,n,p),'wb').write(pickle.dumps(o,protocol=p))
        except Exception as e: sys.stderr.write('ERR %s %d %r\n'%(n,p,e)); continue
        t={'type':type(o).__name__}
        if isinstance(o,pd.Series): o2=pd.DataFrame({o.name:o})
        else: o2=o
        if isinstance(o2,pd.DataFrame):
            t['rows']=len(o2); t['index']=[canon(x) for x in o2.index.tolist()]
            t['columns']=[{'name':canon(o2.columns[i]),'dtype':str(o2.dtypes.iloc[i] if hasattr(o2.dtypes,'iloc') else ''),'values':[canon(x) for x in o2.iloc[:,i].tolist()]} for i in range(o2.shape[1])]
        truth['%s.p%d.pkl'%(n,p)]=t
json.dump({'files':truth},open(out+'/truth.json','w'))
print(pd.__version__,np.__version__,sys.version.split()[0],len(truth))
